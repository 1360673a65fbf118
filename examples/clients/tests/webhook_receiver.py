"""A receiver of webhooks made of the libraries that others made of both standards: Standard Webhooks verifies, the SDK of CloudEvents reads.
Prints its port, then one line of JSON for each event, or why there is none.

    webhook_receiver.py SECRET CERTIFICATE KEY
"""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook

secret, certificate, key = sys.argv[1:]
webhook = Webhook(open(secret).read().strip())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            webhook.verify(body, headers)
            event = from_http_event(HTTPMessage(headers, body))
            told = {"id": event.get_id(), "type": event.get_type(), "source": event.get_source()}
            told |= {"subject": event.get_subject(), "time": event.get_time().isoformat(), "data": event.get_data()}
        except Exception as error:  # whatever it is, the test is to see it
            told = {"error": repr(error)}
        print(json.dumps(told), flush=True)
        self.send_response(400 if "error" in told else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
