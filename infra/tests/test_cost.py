import pytest

from infra.cost import bill, prices, table
from infra.environments import environments
from infra.sizes import SIZES


def test_the_sum_is_of_the_lines_that_are_shown() -> None:
    shown = table(environments()["prod"], "small").splitlines()
    sums = [line.split()[0].replace(",", "") for line in shown if line.startswith(" ")]

    assert float(sums[-1]) == pytest.approx(sum(map(float, sums[:-1])), abs=0.1)


def test_two_of_a_larger_task_cost_what_the_arithmetic_says() -> None:
    paid = {**prices(), "fargate_arm_vcpu_hour": 1.0, "fargate_arm_gb_hour": 0.5}
    lines = {line.what: line.usd for line in bill(SIZES["small"], domain=False, paid=paid)}

    # 2 tasks and a tenth of them more, 730 hours, half a vCPU and one GB
    assert lines["tasks of gateway"] == pytest.approx(2.2 * 730 * (0.5 * 1.0 + 1 * 0.5))


@pytest.mark.parametrize("size", SIZES)
def test_no_size_is_expected_to_cost_what_its_budget_rings_at(size: str) -> None:
    usd = sum(line.usd for line in bill(SIZES[size], domain=True, paid=prices()))

    assert 0 < usd < 0.8 * SIZES[size].budget_usd


def test_larger_sizes_cost_more() -> None:
    sums = [
        sum(line.usd for line in bill(size, domain=True, paid=prices())) for size in SIZES.values()
    ]

    assert sums == sorted(sums)
