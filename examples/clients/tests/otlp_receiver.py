"""A receiver of OTLP over HTTP, made of the official messages: prints one line of JSON for each message of metrics."""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        message = ExportMetricsServiceRequest.FromString(body)
        series = {}
        for of_resource in message.resource_metrics:
            for of_scope in of_resource.scope_metrics:
                for metric in of_scope.metrics:
                    kind = metric.WhichOneof("data")
                    series[metric.name] = [kind, [point.as_int for point in getattr(metric, kind).data_points]]
        resource = {one.key: one.value.string_value for one in message.resource_metrics[0].resource.attributes}
        head = {"path": self.path, "type": self.headers["content-type"], "key": self.headers["x-key"]}
        print(json.dumps({"head": head, "resource": resource, "series": series}), flush=True)
        answer = ExportMetricsServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
