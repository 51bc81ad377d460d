"""How soon a page is there on a slow phone: ``python -m bench.site --url http://localhost:8080``.

A phone of 390 by 844 pixels at three to one, a network of 1.44 Mbit/s and 150 ms, a processor
slowed down four times, nothing cached: the settings the mocks were measured with. Medians of all
turns; pages take turns. The site should be one that runs with its demo collection.
"""

import argparse
import json
import statistics
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.browser import chromium

_RESULTS = Path(__file__).parents[1] / "results" / "site.json"
_GOALS = {"FCP": 1.8, "LCP": 2.5}
_SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_440_000 / 8,
    "uploadThroughput": 675_000 / 8,
}
_PAINTED = """
new Promise((resolve) => {
  const found = {};
  for (const [name, type] of [["FCP", "paint"], ["LCP", "largest-contentful-paint"]]) {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const first = entry.name === "first-contentful-paint";
        if (first || name === "LCP") found[name] = entry.startTime;
      }
    }).observe({ type, buffered: true });
  }
  setTimeout(() => resolve(found), 500);
})
"""


def painted(browser: Browser, url: str) -> dict[str, float]:
    """When the first and the largest content of the page stood there, in seconds."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=3,
        is_mobile=True,
        has_touch=True,
        service_workers="block",
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(url, wait_until="load", timeout=120_000)
    page.wait_for_timeout(2000)
    found: dict[str, float] = page.evaluate(_PAINTED)
    context.close()
    return {name: at / 1000 for name, at in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8080", help="the site")
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{asked.url}/search?q=ridges")
        first = page.locator("main a[href^='/w/']").first.get_attribute("href") or "/"
        page.close()
        pages = {"home": "/", "results": "/search?q=night", "wallpaper": first}
        times: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
        for _ in range(asked.turns):
            for name, path in pages.items():
                times[name].append(painted(browser, f"{asked.url}{path}"))
        browser.close()
    for name, turns in times.items():
        for mark, goal in _GOALS.items():
            took = statistics.median(turn[mark] for turn in turns)
            row = {
                "name": f"{mark} of the {name} page",
                "ours": round(took, 2),
                "peer": goal,
                "peer_name": "the budget",
                "unit": "s",
                "ratio": round(took / goal, 2),
                "goal": 1,
                "holds": took <= goal,
            }
            rows.append(row)
            print(f"{row['name']:26} {took:5.2f} s of {goal} s  {'holds' if row['holds'] else ''}")
    _RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
