"""A station behind the proxy of packaging/nginx-station.conf; skipped (77) where nginx or openssl is not installed."""
import http.client
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys

import world
from world import photo

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
OPENSSL = shutil.which("openssl")


def nginx(w):
    """The example of docs/station.md: TLS and another name before a station that listens on loopback."""
    w.make()
    w.configure(hosts=["station.example"])
    w.start()
    subprocess.run([OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "1",
                    "-subj", "/CN=station.example"], cwd=w.folder, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    example = (pathlib.Path(__file__).parents[2] / "packaging/nginx-station.conf").read_text()
    example = (example.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("127.0.0.1:8080", f"127.0.0.1:{w.port}")
               .replace("/etc/ssl/station/", f"{w.folder}/"))
    (w.folder / "nginx.conf").write_text(
        f"daemon off; pid {w.folder}/nginx.pid; error_log {w.folder}/nginx.log; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {w.folder}/b; proxy_temp_path {w.folder}/p;\n"
        f"fastcgi_temp_path {w.folder}/f; uwsgi_temp_path {w.folder}/u; scgi_temp_path {w.folder}/s;\n{example}\n}}\n")
    proxy = subprocess.Popen([NGINX, "-c", str(w.folder / "nginx.conf"), "-p", str(w.folder), "-e", str(w.folder / "nginx.log")])
    try:
        context = ssl._create_unverified_context()
        def ask(method, path, body=None, **headers):
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
            connection.request(method, path, body, {"Host": "station.example", **headers})
            return world.Answer(connection.getresponse())
        def answers():
            try:
                return ask("GET", "/healthz").status == 200
            except OSError:
                return False
        w.eventually("nginx answers", answers)
        kind = {"Content-Type": "image/png"}
        assert ask("POST", "/api/v1/products/plate/parts", photo(1), Origin="https://station.example", **kind).status == 201
        assert ask("POST", "/api/v1/products/plate/parts", photo(1), Origin="https://evil.example", **kind).status == 403
        assert ask("GET", "/api/v1/parts").json()["total"] == 1
    finally:
        proxy.terminate()
        proxy.wait()
    w.stop()


if __name__ == "__main__":
    if not NGINX or not OPENSSL:
        print("skipped: nginx or openssl is not installed")
        sys.exit(77)
    world.main([nginx])
