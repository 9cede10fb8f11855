"""How people become premium, and that nobody is for nothing."""

from dataclasses import replace

import pytest

from gas.adapters.no_payments import NoPayments
from gas.bootstrap import aws_ports
from gas.config import Environment, PaymentsChoice, Settings, WebSettings
from gas.domain.plan import Plan
from gas_web.services import WebServices
from tests.support.pages import PageSite, make_page_site


@pytest.fixture
def unsold() -> PageSite:
    """A site that sells nothing."""
    site = make_page_site()
    ports = replace(site.ports, payments=NoPayments("premium"))
    replace(site.services, payments=ports.payments).attach(site.app.extensions)
    return replace(site, ports=ports)


def test_nothing_is_sold(unsold: PageSite) -> None:
    """The page names whom to ask and has no button; a form that is sent all the same changes nothing."""
    ada = unsold.user("a")
    browser = unsold.browser(ada)

    page = browser.get("/subscribe").text
    answer = browser.post("/subscribe", {})

    assert 'action="/subscribe"' not in page
    assert f'you are user <code class="user-select-all text-break">{ada.user_id}</code>' in page
    assert answer.status_code == 403
    assert "ask those who run this service" in answer.text
    assert unsold.ports.users.get(ada.user_id) == ada


def test_premium_users_leave_where_nothing_is_sold(unsold: PageSite) -> None:
    """Whoever an operator made premium can leave the plan by themselves."""
    pat = unsold.user("p", Plan.PREMIUM)

    answer = unsold.browser(pat).post("/unsubscribe", {})

    left = unsold.ports.users.get(pat.user_id)
    assert answer.status_code == 303
    assert left is not None
    assert left.standing.plan == Plan.FREE


@pytest.mark.parametrize(
    ("chosen", "sells"), [(None, False), (PaymentsChoice.NONE, False), (PaymentsChoice.ONE_CLICK, True)]
)
def test_who_sells_is_a_setting(chosen: PaymentsChoice | None, *, sells: bool) -> None:
    """Left alone, an installation sells nothing: premium for one click has to be asked for."""
    web = WebSettings() if chosen is None else WebSettings(payments=chosen)

    ports = aws_ports(Settings(env=Environment.LOCAL, web=web))

    assert ports.payments.sells is sells
    assert WebServices.from_ports(ports, Settings(env=Environment.LOCAL, web=web)).payments is ports.payments
