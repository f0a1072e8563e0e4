"""An HTTP server that answers everything and keeps what it was sent."""
import http.server
import json
import threading

KEPT = ("Authorization", "Content-Type", "Stripe-Version")


class Recorder:
    def __init__(self):
        self.last = None
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name: self.headers[name] for name in KEPT if self.headers[name]}
                recorder.last = {
                    "method": self.command,
                    "target": self.path,
                    "headers": headers,
                    "hasIdempotencyKey": self.headers["Idempotency-Key"] is not None,
                    "body": body.decode(),
                }
                text = json.dumps({"id": "obj_1", "object": "list", "data": [], "has_more": False}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
