"""A stricter MiniStack for the deployment test: run ``python shim.py`` in place of ``ministack``.

Everything here is our model of AWS, written down where MiniStack 1.5.33 has none; it is no evidence
about AWS. Functions are wrapped from outside, each by its name, and a new version is refused, so
that this is looked at again with it.

1. CloudFormation: types it does not know, most of them inert; attributes it lacks.
2. ECS: container health checks run and gate a rollout; limits; read-only roots; task-role
   credentials that its IAM knows.
3. CloudFormation waits for a rollout, and fails and goes back if it does.
4. Services find each other by the names of Service Connect.
5. CloudFront reaches VPC origins, and asks the next of a group of origins.
"""

import importlib.metadata
import os
import string
import sys
import time
from collections.abc import Callable
from typing import Any

import docker
from ministack import app
from ministack.core import iam_evaluator, responses
from ministack.services import cloudfront, ec2, ecr, ecs, imds, sts
from ministack.services.cloudformation import provisioners, stacks

assert importlib.metadata.version("ministack") == "1.5.33", "look at this shim again"

ROLLOUT_TIMEOUT = 120.0
ecs._ECS_DEPLOYMENT_STEADY_DELAY = 3.0
HANDLERS = provisioners._RESOURCE_HANDLERS

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def wrap(owner: Any, name: str) -> Callable[[Wrapper], None]:
    """Put the decorated function's result in the place of ``owner``'s ``name``."""

    def put(make: Wrapper) -> None:
        if isinstance(owner, dict):
            owner[name] = make(owner[name])
        else:
            setattr(owner, name, make(getattr(owner, name)))

    return put


def lowered(said: Any) -> Any:
    """CloudFormation's names of members, as ECS's API has them."""
    if isinstance(said, dict):
        return {key[0].lower() + key[1:]: value for key, value in said.items()}
    return said


# --- 1 CloudFormation: types and attributes ---------------------------------------------------


def inert(*attributes: str) -> dict[str, Callable[..., Any]]:
    """A type that is taken and does nothing."""

    def create(logical: str, _: Any, stack: str) -> tuple[str, dict[str, str]]:
        made = f"{stack}-{logical}"
        return made, dict.fromkeys(attributes, made)

    return {
        "create": create,
        "update": lambda made, *_: (made, dict.fromkeys(attributes, made)),
        "delete": lambda *_: None,
    }


INERT: dict[str, tuple[str, ...]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("Id",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("Arn",),
    "AWS::Budgets::Budget": (),
    "AWS::CloudFront::VpcOrigin": ("Id", "Arn"),
    "AWS::CloudWatch::CompositeAlarm": ("Arn",),
    "AWS::EC2::FlowLog": ("Id",),
    "AWS::IAM::OIDCProvider": ("Arn",),
    "AWS::Logs::QueryDefinition": ("QueryDefinitionId",),
}
for kind, its in INERT.items():
    assert kind not in HANDLERS, f"MiniStack knows {kind} now: drop it here"
    HANDLERS[kind] = inert(*its)


def _let_in(logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    group = ec2._security_groups[properties["GroupId"]]
    group["IpPermissions"] += provisioners._ec2_sg_permissions([dict(properties)])
    made = f"sgr-{stack}-{logical}"
    return made, {"Id": made}


HANDLERS["AWS::EC2::SecurityGroupIngress"] = {"create": _let_in, "delete": lambda *_: None}

_GROUP = HANDLERS["AWS::ElastiCache::ReplicationGroup"]


def _make_cache(logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """A serverless cache is one real Valkey with TLS."""
    made, attributes = _GROUP["create"](
        logical,
        {
            "ReplicationGroupId": properties["ServerlessCacheName"],
            "ReplicationGroupDescription": "serverless",
            "Engine": "valkey",
            "EngineVersion": "8.0",
            "CacheNodeType": "cache.t4g.micro",
            "NumCacheClusters": 1,
            "TransitEncryptionEnabled": True,
        },
        stack,
    )
    print("shim: cache", made, attributes, flush=True)
    return made, {
        "Endpoint.Address": attributes["PrimaryEndPoint.Address"],
        "Endpoint.Port": attributes["PrimaryEndPoint.Port"],
    }


HANDLERS["AWS::ElastiCache::ServerlessCache"] = {"create": _make_cache, "delete": _GROUP["delete"]}


@wrap(HANDLERS["AWS::EC2::VPC"], "create")
def _tells_its_range(create: Callable[..., Any]) -> Callable[..., Any]:
    def made(logical: str, properties: dict[str, Any], stack: str) -> Any:
        name, attributes = create(logical, properties, stack)
        return name, {**attributes, "CidrBlock": properties.get("CidrBlock")}

    return made


@wrap(provisioners, "_normalize_container_defs")
def _keeps_health_checks(normalize: Callable[..., Any]) -> Callable[..., Any]:
    def normalized(definitions: Any) -> Any:
        return [
            {
                **each,
                "healthCheck": lowered(each.get("healthCheck") or {}),
                "secrets": [lowered(secret) for secret in each.get("secrets") or []],
            }
            for each in normalize(definitions)
        ]

    return normalized


@wrap(provisioners, "_sm_secret_string")
def _leaves_out_punctuation(generate: Callable[..., Any]) -> Callable[..., Any]:
    def generated(properties: dict[str, Any]) -> Any:
        said = dict(properties.get("GenerateSecretString") or {})
        if said.get("ExcludePunctuation"):
            said["ExcludeCharacters"] = said.get("ExcludeCharacters", "") + string.punctuation
        return generate({**properties, "GenerateSecretString": said})

    return generated


# --- 2 ECS: what a task is ---------------------------------------------------------------------


def service_of(task: str) -> str | None:
    """The service that ``task`` is of; ``None`` if it runs by itself."""
    group: str = (ecs._tasks.get(task) or {}).get("group", "")
    kind, _, name = group.partition(":")
    return name if kind == "service" else None


@wrap(ecs, "_build_run_kwargs")
def _as_fargate_runs_it(build: Callable[..., Any]) -> Callable[..., Any]:
    def built(container: Any, task: Any, env: Any, ports: Any, network: Any, *more: Any) -> Any:
        said = build(container, task, env, ports, network, *more)
        env.setdefault("AWS_REGION", responses.get_region())
        # A volume without a host is one of the task's own, as its image left that directory.
        said["volumes"] = [
            *(said.get("volumes") or []),
            *(point["containerPath"] for point in container.get("mountPoints") or []),
        ]
        if (check := lowered(container.get("healthCheck") or {})).get("command"):
            said["healthcheck"] = {
                "test": check["command"],
                # A test is in more of a hurry than a deployment.
                "interval": 1_000_000_000,
                "timeout": int(check.get("timeout", 5) * 1e9),
                "retries": check.get("retries", 3),
                "start_period": 15_000_000_000,
            }
        if memory := container.get("memory") or task.get("memory"):
            said["mem_limit"] = f"{memory}m"
        if container.get("readonlyRootFilesystem"):
            said["read_only"] = True
        if "ALL" in ((container.get("linuxParameters") or {}).get("capabilities") or {}).get(
            "drop", []
        ):
            said["cap_drop"] = ["ALL"]
        name = service_of(more[2])
        if name and network:
            alias = docker.types.EndpointConfig("1.41", aliases=[name])
            said["networking_config"] = {network: alias}
        return said

    return built


def health(task: dict[str, Any]) -> str | None:
    """The worst of a task's containers: ``None`` (not checked), starting, healthy, unhealthy."""
    client, worst = ecs._get_docker(), None
    for each in task.get("_docker_ids") or []:
        try:
            status = (client.api.inspect_container(each)["State"].get("Health") or {}).get("Status")
        except docker.errors.APIError:
            status = None
        if status == "unhealthy":
            return status
        if status == "starting" or (status == "healthy" and worst is None):
            worst = status
    return worst


@wrap(ecs, "_record_service_task_healthy")
def _only_healthy_tasks_count(record: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(service: str, task: dict[str, Any]) -> Any:
        end = time.time() + ROLLOUT_TIMEOUT
        while (
            time.time() < end and task.get("lastStatus") == "RUNNING" and health(task) == "starting"
        ):
            time.sleep(0.3)
        if task.get("lastStatus") == "RUNNING" and health(task) in (None, "healthy"):
            task["_healthy"] = True
            task["healthStatus"] = "HEALTHY"
            return record(service, task)
        return None

    return recorded


_looked: dict[str, float] = {}


@wrap(ecs, "_maybe_mark_stopped")
def _unhealthy_tasks_are_stopped(mark: Callable[..., Any]) -> Callable[..., Any]:
    def marked(task: dict[str, Any], client: Any = None) -> Any:
        name, now = task.get("taskArn", ""), time.time()
        if task.get("lastStatus") == "RUNNING" and now - _looked.get(name, 0) > 1:
            _looked[name] = now
            # Who runs by itself is not replaced, however it is: only a service's tasks are.
            if service_of(name) and health(task) == "unhealthy":
                task["healthStatus"] = "UNHEALTHY"
                why = "Task failed container health checks"
                if ecs._mark_task_stopped(
                    name, task, why, "EssentialContainerExited", exit_code=137
                ):
                    ecs._cleanup_task_resources(task, ecs._get_docker())
                return None
        return mark(task, client)

    return marked


@wrap(ecs, "_task_ip")
def _only_healthy_tasks_are_targets(address: Callable[..., Any]) -> Callable[..., Any]:
    def of(task: dict[str, Any]) -> Any:
        asked_by = sys._getframe(1).f_code.co_name
        if not task.get("_healthy") and asked_by == "_sync_service_targets":
            return None
        return address(task)

    return of


@wrap(ecs, "_make_deployment")
def _the_first_deployment_is_watched_too(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(task: Any, desired: int, status: str = "PRIMARY") -> Any:
        deployment = make(task, desired, status)
        if desired and ecs._get_docker():
            deployment["rolloutState"] = "IN_PROGRESS"
            deployment["rolloutStateReason"] = "ECS deployment in progress."
        return deployment

    return made


@wrap(ecs, "_cleanup_task_resources")
def _last_words_are_kept(clean: Callable[..., Any]) -> Callable[..., Any]:
    def cleaned(task: dict[str, Any], client: Any) -> Any:
        for each in task.get("_docker_ids") or []:
            try:
                said = ecs._get_docker().api.logs(each, tail=20).decode(errors="replace")
            except docker.errors.APIError:
                continue
            print(
                f"shim: {task.get('group')} ended: {task.get('stoppedReason')}\n{said}", flush=True
            )
        return clean(task, client)

    return cleaned


_roles: dict[str, tuple[str, str]] = {}


@wrap(ecs, "_register_metadata")
def _remembers_the_role(register: Callable[..., Any]) -> Callable[..., Any]:
    def registered(task: str, cluster: Any, definition: Any, container: Any, *more: Any) -> Any:
        token = register(task, cluster, definition, container, *more)
        if definition.get("taskRoleArn"):
            address = more[1]["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            _roles[address.rsplit("/", 1)[-1]] = (
                definition["taskRoleArn"],
                task.rsplit("/", 1)[-1],
            )
        return token

    return registered


@wrap(imds, "handle_request")
def _gives_credentials_that_iam_knows(handle: Callable[..., Any]) -> Callable[..., Any]:
    async def handled(method: str, path: str, *more: Any) -> Any:
        known = _roles.get(path.rsplit("/", 1)[-1]) if path.startswith("/v2/credentials/") else None
        if known is None:
            return await handle(method, path, *more)
        role, session = known
        arn, _ = sts._assumed_role_arn(role, session)
        said = imds._ecs_task_credentials_doc()
        said["RoleArn"] = role
        sts.register_session(
            said["AccessKeyId"],
            {
                "Arn": arn,
                "UserId": f"{sts._role_id(role)}:{session}",
                "SecretAccessKey": said["SecretAccessKey"],
                "SessionToken": said["Token"],
                "Expiration": time.time() + 3600,
                "AccountId": role.split(":")[4],
                "PrincipalType": "AssumedRole",
                "SourceAccessKeyId": None,
                "SourcePrincipalArn": role,
                "SessionTags": [],
                "SessionPolicies": None,
            },
        )
        return imds._json_resp(said)

    return handled


# --- 3 CloudFormation waits for a rollout ---------------------------------------------------------


@wrap(stacks, "_runs_on_worker_thread")
def _may_wait(runs: Callable[..., Any]) -> Callable[..., Any]:
    return lambda kind: kind == "AWS::ECS::Service" or runs(kind)


def _record(properties: dict[str, Any], name: str) -> Any:
    return ecs._services[f"{properties.get('Cluster', 'default').rsplit('/', 1)[-1]}/{name}"]


def _wait(service: Any, deployment: str) -> None:
    end = time.time() + ROLLOUT_TIMEOUT
    while time.time() < end:
        for each in service["deployments"]:
            if each["id"] != deployment:
                continue
            if each["rolloutState"] == "COMPLETED":
                return
            if each["rolloutState"] == "FAILED":
                raise ValueError(
                    "Error occurred during operation 'ECS Deployment Circuit Breaker was "
                    f"triggered'. ({each['rolloutStateReason']})"
                )
        time.sleep(0.3)
    raise ValueError(f"{service['serviceName']} was not steady in {ROLLOUT_TIMEOUT:.0f} s")


@wrap(HANDLERS["AWS::ECS::Service"], "create")
def _is_there_when_it_is_steady(create: Callable[..., Any]) -> Callable[..., Any]:
    def created(logical: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical, properties, stack)
        service = _record(properties, made[1]["Name"])
        try:
            _wait(service, ecs._primary_deployment(service)["id"])
        except ValueError:
            HANDLERS["AWS::ECS::Service"]["delete"](made[0], properties)
            raise
        return made

    return created


@wrap(HANDLERS["AWS::ECS::Service"], "update")
def _is_changed_when_it_is_steady(update: Callable[..., Any]) -> Callable[..., Any]:
    def updated(made: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> Any:
        service = _record(new, new.get("ServiceName") or made.rsplit("/", 1)[-1])
        before = ecs._primary_deployment(service)["id"]
        done = update(made, old, new, stack)
        if (now := ecs._primary_deployment(service)["id"]) != before:
            try:
                _wait(service, now)
            except ValueError:
                update(made, new, old, stack)
                raise
        return done

    return updated


@wrap(ecr, "_describe_images")
def _says_when_an_image_is_missing(describe: Callable[..., Any]) -> Callable[..., Any]:
    def described(asked: dict[str, Any]) -> Any:
        name = asked.get("repositoryName", "")
        for each in asked.get("imageIds") or []:
            if name in ecr._repositories and not ecr._find_image(name, each):
                return responses.error_response_json(
                    "ImageNotFoundException", f"no {each} in {name}", 400
                )
        return describe(asked)

    return described


for holder in vars(ecr).values():  # the table of actions has a reference of its own
    if isinstance(holder, dict) and callable(holder.get("DescribeImages")):
        holder["DescribeImages"] = ecr._describe_images


@wrap(iam_evaluator, "_resolve_condition_key")
def _every_request_came_by_tls(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """There is no TLS here; what refuses to do without is held by the tests of the templates."""
    return lambda key, about: (
        "true" if key.lower() == "aws:securetransport" else resolve(key, about)
    )


# --- 5 CloudFront ------------------------------------------------------------------------------


@wrap(cloudfront, "_dataplane_origin")
def _reaches_into_the_network(read: Callable[..., Any]) -> Callable[..., Any]:
    def origin(element: Any) -> Any:
        said = read(element)
        if cloudfront._find(element, "VpcOriginConfig") is not None:
            said["protocol_policy"] = "http-only"  # which is what our VPC origin says
        return said

    return origin


@wrap(cloudfront, "_dataplane_function_associations")
def _runs_no_function(_: Callable[..., Any]) -> Callable[..., Any]:
    """There is no JavaScript in its container; infra/tests runs the function itself."""
    return lambda _behaviour: {}


@wrap(cloudfront, "parse_distribution_dataplane_config")
def _knows_groups_of_origins(parse: Callable[..., Any]) -> Callable[..., Any]:
    def parsed(distribution: Any) -> Any:
        said = parse(distribution)
        config = cloudfront._dist_config_el(distribution)
        for group in _each(config, "OriginGroups", "OriginGroup"):
            codes = {int(each.text) for each in _each(group, "StatusCodes", "StatusCode")}
            ids = [
                cloudfront._text(each, "OriginId")
                for each in _each(group, "Members", "OriginGroupMember")
            ]
            members = [said["origins"][each] for each in ids]
            name = cloudfront._text(group, "Id")
            said["origins"][name] = {**members[0], "members": members, "codes": codes}
        return said

    return parsed


def _each(element: Any, within: str, kind: str) -> list[Any]:
    return [
        each
        for parent in element.iter()
        if cloudfront._local_tag_name(parent) == within
        for each in parent.iter()
        if cloudfront._local_tag_name(each) == kind
    ]


@wrap(cloudfront, "_fetch_from_origin")
def _asks_the_next_of_a_group(fetch: Callable[..., Any]) -> Callable[..., Any]:
    async def fetched(origin: Any, method: str, *more: Any) -> Any:
        members = origin.get("members", [origin])
        if method not in ("GET", "HEAD", "OPTIONS"):
            members = members[:1]
        for member in members:
            answer = await fetch(member, method, *more)
            if answer[0] not in origin.get("codes", ()):
                return answer
        return answer

    return fetched


if __name__ == "__main__":
    print("shim: MiniStack 1.5.33 is stricter now", flush=True)
    os.environ.setdefault("ECS_REAP_INTERVAL_SECONDS", "5")
    sys.argv = ["ministack"]
    app.main()
