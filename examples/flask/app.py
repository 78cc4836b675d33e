import logging
import os

from flask import Flask
from opentelemetry import trace

import telemetry

app = Flask(__name__)
telemetry.start(app, service='my-flask')

log = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)


@app.get('/')
def home():
    with tracer.start_as_current_span('read the greeting'):
        log.info('greeting the world')
        return {'hello': 'world'}


@app.get('/error')
def error():
    raise RuntimeError('an exception that no handler catches')


if __name__ == '__main__':
    app.run(port=int(os.getenv('PORT', '8080')))
