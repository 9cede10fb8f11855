"""The service, and who calls it."""

from importlib.metadata import version
from typing import Any

from gas.domain.access_token import Scope
from gas.services.describe_service import describe_service
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.services import web_services

VERSION = version("gas-web")


@blueprint.get("/service-info")
@blueprint.output(schemas.ServiceInfo, description="What the service offers.")
@blueprint.doc(operation_id="getServiceInfo", tags=["service"])
def service_info() -> dict[str, Any]:
    """Tell limits, references and plans. For everybody."""
    services = web_services()
    return describe_service(
        services.cases.offer, services.cases.references.catalogue(), VERSION, services.public_origin
    )


@blueprint.get("/me")
@requires(Scope.READ, unless=lambda: Scope.PROFILE in caller().scopes)
@blueprint.output(schemas.Me, description="The caller.")
@blueprint.doc(operation_id="getMe", tags=["service"])
def me() -> dict[str, Any]:
    """Tell who the access token stands for, and what they may do.

    Name, e-mail address and institution are told to those who have the scope profile:read, and are null for others.
    """
    who = caller()
    user, told = who.user, Scope.PROFILE in who.scopes
    return {
        "id": user.user_id,
        "name": user.name if told else None,
        "email": user.email if told else None,
        "institution": user.institution if told else None,
        "plan": who.own.word,
        "operator": who.operator,
        "scopes": sorted(scope.value for scope in who.scopes),
        "limits": {
            "max_input_bytes": who.own.max_input_bytes,
            "max_active_jobs": who.own.max_active_jobs,
            "max_cpu_seconds": who.own.max_cpu_seconds,
            "max_open_uploads": who.own.max_open_uploads,
        },
    }


@blueprint.get("/me/export")
@requires(Scope.READ, Scope.PROFILE)
@blueprint.input(schemas.ExportQuery, location="query", arg_name="wanted")
@blueprint.output(schemas.Export, description="What is kept.")
@blueprint.doc(operation_id="exportAccount", tags=["service"])
def export(wanted: schemas.ExportQuery) -> dict[str, Any]:
    """Tell what is kept about the caller: account and jobs. The files themselves are fetched job by job.

    Access tokens are listed for those who have the scope tokens:write as well.
    """
    who, export_account = caller(), web_services().export_account
    user, with_tokens = who.user, Scope.TOKENS in who.scopes
    jobs, cursor = export_account.page_of_jobs(user, wanted.cursor)
    return {"account": export_account.account(user, with_tokens=with_tokens), "jobs": jobs, "cursor": cursor}
