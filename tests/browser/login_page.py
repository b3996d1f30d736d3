"""A login page like that of a Cognito domain: it gives a code for a challenge, and a token for the code's verifier."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CODE = "one-code"


class LoginPage:
    """Serves /oauth2/authorize and /oauth2/token, and keeps what it was asked."""

    def __init__(self) -> None:
        self.id_token = ""
        self.asked: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Handler(self, *args))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def address_after_login(self) -> str:
        """Return where the browser goes with its code, as if the person had signed in."""
        asked = self.asked[-1]
        return f"{asked['redirect_uri']}?{urlencode({'code': CODE, 'state': asked['state']})}"

    def token_for(self, form: dict[str, str]) -> dict[str, Any]:
        """Return the answer to a code. Without the verifier of the challenge there is none (RFC 7636, 4.6)."""
        asked = self.asked[-1]
        digest = hashlib.sha256(form["code_verifier"].encode("ascii")).digest()
        is_proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        same = all(form[name] == asked[name] for name in ("client_id", "redirect_uri"))
        if not (is_proved and same and (form["grant_type"], form["code"]) == ("authorization_code", CODE)):
            return {"error": "invalid_grant"}
        return {"id_token": self.id_token, "token_type": "Bearer"}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, login: LoginPage, *args: Any) -> None:
        self.login = login
        super().__init__(*args)

    def do_GET(self) -> None:
        self.login.asked.append(dict(parse_qsl(urlsplit(self.path).query)))
        self.send_response(302)
        self.send_header("Location", self.login.address_after_login())
        self.end_headers()

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        answer = self.login.token_for(form)
        body = json.dumps(answer).encode()
        self.send_response(400 if "error" in answer else 200)
        for name, value in (("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
