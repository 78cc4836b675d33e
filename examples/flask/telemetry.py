"""Sends each request to Honeycomb, X-Ray and Rollbar under one trace id. docs/your-app/flask.md has the reason of each line."""

import logging
import os

import requests
import rollbar
import rollbar.contrib.flask
from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.propagate import set_global_textmap
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import signature


def start(app: Flask, service: str) -> None:
    resource = Resource.create({'service.name': service})
    # One provider makes the only trace id. X-Ray reads the time of a trace from its first eight digits.
    provider = TracerProvider(resource=resource, id_generator=AwsXRayIdGenerator())
    provider.add_span_processor(BatchSpanProcessor(honeycomb_exporter()))
    provider.add_span_processor(BatchSpanProcessor(xray_exporter()))
    trace.set_tracer_provider(provider)

    # A load balancer of AWS continues X-Amzn-Trace-Id, everything else traceparent.
    set_global_textmap(CompositePropagator([AwsXRayPropagator(), TraceContextTextMapPropagator()]))

    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    logging.basicConfig(level=logging.INFO)  # The terminal keeps its lines.
    logging.getLogger().addHandler(LoggingHandler(logger_provider=logs))

    FlaskInstrumentor().instrument_app(app)
    endpoint = os.getenv('ROLLBAR_ENDPOINT', rollbar.DEFAULT_ENDPOINT)
    # Without this, each post to Rollbar is a trace as well.
    RequestsInstrumentor().instrument(excluded_urls=endpoint)

    rollbar.contrib.flask.init(
        app,
        access_token=os.environ['ROLLBAR_ACCESS_TOKEN'],
        environment='development',
        endpoint=endpoint,
        allow_logging_basic_config=False,
    )
    rollbar.events.add_payload_handler(add_trace_id)


def honeycomb_exporter() -> OTLPSpanExporter:
    """Takes its address and the key from OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS."""
    return OTLPSpanExporter()


def xray_exporter() -> OTLPSpanExporter:
    """The same spans to X-Ray's OTLP endpoint, with an API key or signed with AWS credentials.

    The exporter adds OTEL_EXPORTER_OTLP_HEADERS to the headers given here, so Honeycomb's key is overwritten.
    """
    endpoint = os.environ['XRAY_OTLP_ENDPOINT']
    headers = {'x-honeycomb-team': ''}
    if key := os.getenv('XRAY_API_KEY'):
        return OTLPSpanExporter(endpoint=endpoint, headers={**headers, 'authorization': f'Bearer {key}'})
    session = requests.Session()
    session.auth = signature.ForXRay(region=os.environ['AWS_REGION'])
    return OTLPSpanExporter(endpoint=endpoint, headers=headers, session=session)


def add_trace_id(payload: dict, **_: object) -> dict:
    """Runs in the thread of the request, before Rollbar's own thread sends the item."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        custom = payload['data'].setdefault('custom', {})
        custom['trace_id'] = trace.format_trace_id(context.trace_id)
        custom['span_id'] = trace.format_span_id(context.span_id)
    return payload
