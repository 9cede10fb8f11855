"""The chart as most people install it: the whole of it, as it was last looked at."""

import pytest

from tests.support.charts import UPDATE, Json, chart, one, snapshot


def test_the_default_is_as_it_was() -> None:
    """Whoever changes what is installed sees it in the diff; GAS_UPDATE_SNAPSHOTS=1 writes it anew."""
    rendered = chart()
    # The CRD is a copy, checked elsewhere, and longer than all the rest.
    text = "".join(
        f"# {path}\n{content.strip()}\n\n"
        for path, content in sorted(rendered.texts.items())
        if path != "crds.yaml"
    )

    assert text == snapshot("minimal", text), f"look at the diff; {UPDATE}=1 writes it anew"


def test_what_is_not_asked_for_is_not_there() -> None:
    """No hook, no test, no monitor, no second annotators."""
    kinds = {each["kind"] for each in chart().objects}

    assert kinds & {"Job", "Pod", "ServiceMonitor", "PodMonitor", "Secret"} == set()


@pytest.mark.parametrize(
    ("more", "image"),
    [
        ({}, "gas-web:0.1.0"),
        ({"imageRegistry": "r.test/gas/"}, "r.test/gas/gas-web:0.1.0"),
        ({"web": {"image": {"tag": "9"}}}, "gas-web:9"),
        ({"web": {"image": {"tag": "9", "digest": "sha256:ab"}}}, "gas-web@sha256:ab"),
    ],
    ids=["default", "registry", "tag", "digest"],
)
def test_which_image(more: Json, image: str) -> None:
    """The chart's version unless another is named; a digest wins."""
    [container] = one(chart(more), "Deployment", "gas-web")["spec"]["template"]["spec"]["containers"]

    assert container["image"] == image


@pytest.mark.parametrize(
    ("more", "secret"),
    [({}, "gas-web-tls"), ({"ingress": {"tls": {"secretName": "theirs"}}}, "theirs")],
    ids=["made", "theirs"],
)
def test_the_ingress_ends_tls(more: Json, secret: str) -> None:
    """For the host that people type, by the certificate that is named, or one for cert-manager to fill."""
    spec = one(chart(more), "Ingress", "gas-web")["spec"]

    assert spec["tls"] == [{"hosts": ["gas.annotation.test"], "secretName": secret}]
    assert [rule["host"] for rule in spec["rules"]] == ["gas.annotation.test"]


def test_the_host_moves_with_its_value() -> None:
    """One value moves the route and the public address."""
    moved = chart({"ingress": {"host": "vcf.annotation.test"}})

    assert one(moved, "Ingress", "gas-web")["spec"]["rules"][0]["host"] == "vcf.annotation.test"
    assert one(moved, "ConfigMap", "gas-web")["data"]["GAS_WEB__PUBLIC_URL"] == "https://vcf.annotation.test"


def test_the_notes_give_commands() -> None:
    """And they name the release, the namespace and the address."""
    notes = chart().notes
    commands = [line.strip() for line in notes.splitlines() if line.startswith("   ")]

    words = [line.split()[0] for line in commands]
    assert words == ["kubectl", "kubectl", "kubectl", "helm", "gas-reference", "GAS_INSTANCE=gas"]
    assert all("-n gas" in line for line in commands if line.startswith(("kubectl", "helm")))
    assert "https://gas.annotation.test" in notes
    assert "helm test gas -n gas --logs" in chart(name="everything").notes


def test_setup_runs_before_everything_else() -> None:
    """A hook before installation and upgrade, with its own account, that leaves nothing behind when it went well."""
    objects = chart(name="everything").of("setup.yaml")
    hooks = [each["metadata"]["annotations"] for each in objects]

    assert [each["kind"] for each in objects] == ["ServiceAccount", "ConfigMap", "Job"]
    assert {each["helm.sh/hook"] for each in hooks} == {"pre-install,pre-upgrade"}
    assert {each["helm.sh/hook-delete-policy"] for each in hooks} == {"before-hook-creation,hook-succeeded"}
    assert [int(each["helm.sh/hook-weight"]) for each in hooks] == [-10, -10, 0]
    [container] = objects[-1]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["gas-setup"]
    assert container["image"] == "registry.annotation.test/gas/gas-setup:0.1.0"


def test_setup_is_placed_and_confined_by_values_of_its_own() -> None:
    """A pod that runs before all others may need another node than theirs, or another user."""
    own = {
        "enabled": True,
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "system", "operator": "Exists"}],
        "podSecurityContext": {"runAsUser": 4711},
        "securityContext": {"readOnlyRootFilesystem": True},
    }

    spec = one(chart({"setup": own}), "Job", "gas-setup")["spec"]["template"]["spec"]

    assert spec["nodeSelector"] == {"pool": "system"}
    assert spec["tolerations"] == [{"key": "system", "operator": "Exists"}]
    assert spec["securityContext"]["runAsUser"] == 4711
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("secret", ["", "aws"], ids=["role", "secret"])
def test_setup_gets_more_variables(secret: str) -> None:
    """Those of a proxy, with keys from a Secret or without."""
    proxy = {"name": "HTTPS_PROXY", "value": "http://proxy.test:3128"}
    values: Json = {"enabled": True, "extraEnv": [proxy], "aws": {"existingSecret": secret}}

    [container] = one(chart({"setup": values}), "Job", "gas-setup")["spec"]["template"]["spec"]["containers"]

    assert proxy in container["env"]
    assert ("AWS_ACCESS_KEY_ID" in {each["name"] for each in container["env"]}) is bool(secret)


def test_a_first_install_says_how_to_get_further_references() -> None:
    """It annotates against rCRS at once; what to type next names this installation and its region."""
    notes = chart({"settings": {"aws": {"region": "eu-central-1"}}}).notes

    assert "rCRS alone" in notes
    assert "gas-reference build GRCh38" in notes
    assert "GAS_INSTANCE=gas GAS_AWS__REGION=eu-central-1 gas-reference publish GRCh38" in notes
