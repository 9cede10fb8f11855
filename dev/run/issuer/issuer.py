"""The local issuer's endpoints, with the paths that Globus Auth has."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from dev.run.issuer.grants import Grant, Grants, Identities, verifies
from dev.run.issuer.people import OPERATOR_SUBJECT, PEOPLE
from dev.run.issuer.signing import (
    CALLBACK_FORGERIES,
    FORGERIES,
    INTROSPECTION_FORGERIES,
    RESPONSE_FORGERIES,
    TOKEN_FORGERIES,
    Keys,
    id_token,
)
from gas.config import LOCAL_CLIENT_SECRET

CLIENT_ID = "6a5-local"
LINKED_SCOPE = "urn:globus:auth:scope:auth.globus.org:view_identity_set"

_PICKER = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Local sign-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><body>
<p role="alert" style="background:#b00020;color:#fff;padding:1rem">This is the local issuer of a developer's machine.
Anybody may be anybody here.</p><main><h1>Who are you?</h1><ul>
{% for person in people %}<li><a href="{{ links[person.login] }}">{{ person.name }}</a>, {{ person.note }}</li>{% endfor %}
</ul></main></body></html>"""
_SIGNED_OUT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title><body><main>
<h1>Signed out</h1><p><a href="{{ back }}">Back to {{ name }}</a></p></main></body></html>"""


def create_issuer(
    address: str, client_id: str = CLIENT_ID, client_secret: str = LOCAL_CLIENT_SECRET
) -> Flask:
    """An issuer that is reached at that address."""
    app = Flask(__name__)
    _Endpoints(address, client_id, client_secret).add_to(app)
    return app


class _Endpoints:
    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        self._address = address
        self._client = (client_id, client_secret)
        self._keys = Keys.made()
        self._grants = Grants()

    def add_to(self, app: Flask) -> None:
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.metadata)
        app.add_url_rule("/jwk.json", view_func=self.keys)
        app.add_url_rule("/v2/oauth2/authorize", view_func=self.authorize)
        app.add_url_rule("/v2/oauth2/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/v2/oauth2/userinfo", view_func=self.userinfo)
        app.add_url_rule("/v2/oauth2/token/revoke", view_func=self.revoke, methods=["POST"])
        app.add_url_rule("/v2/oauth2/token/introspect", view_func=self.introspect, methods=["POST"])
        app.add_url_rule("/v2/web/logout", view_func=self.logout)
        app.add_url_rule("/_issuer/forge", view_func=self.forge, methods=["POST"])
        app.add_url_rule("/_issuer/link", view_func=self.link, methods=["POST"])
        app.add_url_rule("/_issuer/state", view_func=self.state)

    def metadata(self) -> Response:
        oauth = f"{self._address}/v2/oauth2"
        return jsonify(
            issuer=self._address,
            authorization_endpoint=f"{oauth}/authorize",
            token_endpoint=f"{oauth}/token",
            userinfo_endpoint=f"{oauth}/userinfo",
            revocation_endpoint=f"{oauth}/token/revoke",
            introspection_endpoint=f"{oauth}/token/introspect",
            end_session_endpoint=f"{self._address}/v2/web/logout",
            jwks_uri=f"{self._address}/jwk.json",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
            # More than it signs with: whoever believes this takes forgeries.
            id_token_signing_alg_values_supported=["RS256", "RS384", "RS512", "HS256", "none"],
            scopes_supported=["openid", "email", "profile"],
        )

    def keys(self) -> Response:
        return jsonify(self._keys.public)

    def authorize(self) -> str | AnyResponse:
        asked = request.args
        if asked.get("client_id") != self._client[0] or asked.get("response_type") != "code":
            abort(400, "unknown client_id or response_type")
        if not asked.get("redirect_uri", "").endswith("/authcallback"):
            abort(400, "redirect_uri is not registered")
        person = PEOPLE.get(asked.get("login_hint", ""))
        if person is None:
            links = {
                login: f"/v2/oauth2/authorize?{urlencode({**asked, 'login_hint': login})}" for login in PEOPLE
            }
            return render_template_string(_PICKER, people=PEOPLE.values(), links=links)
        if asked.get("code_challenge_method", "S256") != "S256":
            abort(400, "only S256 is taken")
        grant = Grant(
            person,
            asked["client_id"],
            asked["redirect_uri"],
            asked.get("nonce", ""),
            asked.get("code_challenge", ""),
            asked.get("scope", ""),
        )
        answer = {"code": self._grants.code_for(grant), "state": asked.get("state", "")}
        answer = _forged_answer(answer, self._grants.take_forgery(CALLBACK_FORGERIES))
        return redirect(f"{grant.redirect_uri}?{urlencode(answer)}", code=302)

    def token(self) -> tuple[Response, int] | Response:
        self._require_client()
        form = request.form
        grant = self._grants.take(form.get("code", ""))
        if form.get("grant_type") != "authorization_code" or grant is None:
            return jsonify(error="invalid_grant"), 400
        if grant.redirect_uri != form.get("redirect_uri"):
            return jsonify(error="invalid_grant"), 400
        if grant.challenge and not verifies(form.get("code_verifier", ""), grant.challenge):
            return jsonify(error="invalid_grant", error_description="PKCE"), 400
        wrong = self._grants.take_forgery(RESPONSE_FORGERIES)
        if wrong == "token-error":
            return jsonify(error="server_error"), 400
        access_token = self._grants.token_for(grant)
        claims = {"iss": self._address, "aud": grant.client_id, "nonce": grant.nonce, **grant.person.claims}
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 172_800,
            "scope": grant.scope,
        }
        if wrong != "no-id-token":
            forgery = self._grants.take_forgery(TOKEN_FORGERIES)
            answer["id_token"] = id_token(self._keys, claims, access_token, forgery)
        return jsonify(answer)

    def userinfo(self) -> Response:
        sent = request.authorization
        person = self._grants.person_of(sent.token or "") if sent else None
        if person is None:
            abort(401)
        return jsonify(person.claims)

    def revoke(self) -> Response:
        self._require_client()
        self._grants.revoke(request.form.get("token", ""))
        return jsonify(active=False)

    def introspect(self) -> Response | tuple[Response, int]:
        self._require_client()
        grants = self._grants
        grants.introspections += 1
        if grants.identities.fails:
            return jsonify(errors=[{"code": "INTERNAL_SERVER_ERROR", "status": "500"}]), 500
        grant = grants.access_tokens.get(request.form.get("token", ""))
        wrong = grants.take_forgery(INTROSPECTION_FORGERIES)
        if grant is None or wrong == "introspect-inactive":
            return jsonify(active=False)
        person = grant.person
        told: dict[str, Any] = {"sub": person.subject, "username": person.email, "name": person.name}
        # Globus Auth tells the set only to whoever asked for the right to see it at the sign-in.
        if "identity_set" in request.form.get("include", "") and LINKED_SCOPE in grant.scope.split():
            told["identity_set"] = grants.identities.set_of(person)
        told = _forged_introspection(told, wrong)
        return jsonify(active=True, client_id=self._client[0], scope=grant.scope, **told)

    def logout(self) -> str:
        if request.args.get("client_id") != self._client[0]:
            abort(400, "unknown client_id")
        back = request.args.get("redirect_uri") or request.args.get("post_logout_redirect_uri") or "/"
        if not back.startswith(("http://127.0.0.1", "http://localhost", "/")):
            abort(400, "redirect_uri is not registered")
        return render_template_string(
            _SIGNED_OUT, back=back, name=request.args.get("redirect_name", "the application")
        )

    def forge(self) -> Response:
        kind = (request.get_json(silent=True) or {}).get("kind")
        if kind is not None and kind not in FORGERIES:
            abort(400, f"kinds are {sorted(FORGERIES)}")
        self._grants.forgery = kind
        return jsonify(next=kind)

    def link(self) -> Response:
        """Say whose identities are one person's from now on: of nobody, unless it is told."""
        wish = request.get_json(silent=True) or {}
        people = frozenset(wish.get("people", ()))
        if not people <= set(PEOPLE):
            abort(400, f"people are {sorted(PEOPLE)}")
        self._grants.identities = Identities(people, wish.get("raw"), bool(wish.get("fails")))
        return jsonify(linked=sorted(people))

    def state(self) -> Response:
        grants = self._grants
        return jsonify(
            active=len(grants.access_tokens),
            revoked=len(grants.revoked),
            introspections=grants.introspections,
            forgery=grants.forgery,
        )

    def _require_client(self) -> None:
        sent = request.authorization
        given = (sent.username or "", sent.password or "") if sent and sent.type == "basic" else ("", "")
        right = [
            secrets.compare_digest(a.encode(), b.encode()) for a, b in zip(given, self._client, strict=True)
        ]
        if not all(right):
            abort(401)


def _forged_answer(answer: Mapping[str, str], forgery: str | None) -> dict[str, str]:
    match forgery:
        case "state":
            return {**answer, "state": "another-state"}
        case "state-missing":
            return {"code": answer["code"]}
        case "mix-up":
            return {**answer, "iss": "https://issuer.evil.example"}
        case "declined":
            return {"error": "access_denied", "state": answer["state"]}
        case "code":
            return {**answer, "code": "another-code"}
        case "code-missing":
            return {"state": answer["state"]}
        case _:
            return dict(answer)


def _forged_introspection(told: dict[str, Any], forgery: str | None) -> dict[str, Any]:
    match forgery:
        case "introspect-subject":
            return {**told, "sub": OPERATOR_SUBJECT}
        case "introspect-set":
            return {**told, "identity_set": [OPERATOR_SUBJECT]}
        case _:
            return told
