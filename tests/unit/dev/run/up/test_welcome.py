"""What `make up` prints."""

from dev.run.up.built_reference import BuiltReference
from dev.run.up.options import BUILD, Options
from dev.run.up.welcome import welcome
from tests.support.up_file import UP

JOB = f"{UP['web']}/annotations/970dc179-bb1a-50cf-bfb9-d7622dd63e59"


def test_the_welcome_tells_addresses_people_and_commands() -> None:
    """Three addresses, three names, what to type; no secret, and no line that a terminal would break."""
    text = welcome(UP, JOB, Options(), None)

    for told in (f"{UP['web']}/\n", JOB, f"{UP['web']}/api/v1/openapi.json", "build/up.json"):
        assert told in text
    for name in ("Fay Free", "Pat Premium", "Olu Operator", 'eval "$(make -s env)"', "gas list", "make down"):
        assert name in text
    assert "gas_" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_welcome_says_where_e_mails_are() -> None:
    """GAS speaks of e-mails everywhere; on one machine nobody gets any, and they can be read all the same."""
    text = welcome(UP, JOB, Options(), None)

    assert f"E-mail  {UP['aws']}/_gas/mail\n" in text
    assert "sent to nobody" in text


def test_yeast_is_offered_where_it_is() -> None:
    """The sample's path can be typed as it stands; without yeast nobody is told of it."""
    yeast = BuiltReference("yeast-I", BUILD / "yeast-I", BUILD / "inputs/yeast.vcf")

    told, untold = welcome(UP, JOB, Options(), yeast), welcome(UP, JOB, Options(), None)

    assert "gas submit build/inputs/yeast.vcf" in told
    assert "yeast" not in untold
    assert max(len(line) for line in told.splitlines()) <= 100


def test_another_instance_is_named_in_its_commands() -> None:
    """What is printed can be typed as it stands."""
    text = welcome(UP, JOB, Options(instance="a-long-name"), None)

    assert 'eval "$(GAS_INSTANCE=a-long-name make -s env)"  first, once in each shell' in text
    assert "GAS_INSTANCE=a-long-name make down" in text
    assert "build/up-a-long-name.json" in text
