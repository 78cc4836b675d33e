"""The wiring of the bootcamp's backend-flask at the end of week 2. One request gets two trace ids: docs/your-app/flask.md.

Source: https://github.com/omenking/aws-bootcamp-cruddur-2023/blob/week-3-again/backend-flask/app.py
"""

import os

# HoneyComb ---------
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# X-RAY ----------
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

# Rollbar ------
import rollbar
import rollbar.contrib.flask
from flask import Flask, got_request_exception

# HoneyComb ---------
# Initialize tracing and an exporter that can send data to Honeycomb
provider = TracerProvider()
processor = BatchSpanProcessor(OTLPSpanExporter())
provider.add_span_processor(processor)

# X-RAY ----------
xray_url = os.getenv('AWS_XRAY_URL')
xray_recorder.configure(service='backend-flask', dynamic_naming=xray_url)

trace.set_tracer_provider(provider)
tracer = trace.get_tracer(__name__)

app = Flask(__name__)

# X-RAY ----------
XRayMiddleware(app, xray_recorder)

# HoneyComb ---------
# Initialize automatic instrumentation with Flask
FlaskInstrumentor().instrument_app(app)
RequestsInstrumentor().instrument()

# Rollbar ----------
rollbar_access_token = os.getenv('ROLLBAR_ACCESS_TOKEN')
with app.app_context():  # The bootcamp's @app.before_first_request is gone since Flask 2.3.
    rollbar.init(
        # access token
        rollbar_access_token,
        # environment name
        'production',
        # Not in the bootcamp: Rollbar's own address, or the sandbox's.
        endpoint=os.getenv('ROLLBAR_ENDPOINT', rollbar.DEFAULT_ENDPOINT),
        # server root directory, makes tracebacks prettier
        root=os.path.dirname(os.path.realpath(__file__)),
        # flask already sets up logging
        allow_logging_basic_config=False)

    # send exceptions from `app` to rollbar, using flask's signal system.
    got_request_exception.connect(rollbar.contrib.flask.report_exception, app)


@app.route('/api/activities/home', methods=['GET'])
@xray_recorder.capture('activities_home')
def data_home():
    with tracer.start_as_current_span('home-activities-mock-data'):
        return [{'handle': 'Andrew Brown', 'message': 'Cloud is very fun!'}], 200


@app.route('/rollbar/test')
def rollbar_test():
    rollbar.report_message('Hello World!', 'warning')
    return 'Hello World!'


@app.route('/error')
def error():
    raise RuntimeError('an exception that no handler catches')


if __name__ == '__main__':
    app.run(port=int(os.getenv('PORT', '4567')))
