import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from requests import PreparedRequest
from requests.auth import AuthBase


class ForXRay(AuthBase):
    """Signs each request with the AWS credentials of the environment or of ~/.aws, which may be short-lived."""

    def __init__(self, region: str) -> None:
        self._signer = SigV4Auth(botocore.session.get_session().get_credentials(), 'xray', region)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        self._signer.add_auth(signed)
        request.headers.update(signed.headers)
        return request
