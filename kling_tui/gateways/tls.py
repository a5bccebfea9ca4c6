"""The certificates that servers are checked by, and what to do if they do not suffice."""

import os
import ssl
import sys

import httpx

_OTHER_CAUSES = {9, 10, 62, 64}
"""OpenSSL's codes for a certificate that is not valid yet, has expired or has another host: no
further certificates help."""


def create_context(*, trust_environment: bool) -> ssl.SSLContext:
    """Return the TLS settings of a client; raises OSError for files that cannot be read.

    Certificates are those of $SSL_CERT_FILE and $SSL_CERT_DIR if they are set and
    `trust_environment` is true; else the bundled ones and those of the system, to which companies
    add their own. This takes longer than a frame.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if trust_environment and (file or folder):
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    if trust_environment and sys.platform == "darwin":
        import truststore  # OpenSSL does not know the keychain

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context(trust_env=False)
    if trust_environment:
        context.load_default_certs()
    return context


def certificate_advice(error: BaseException | None) -> str:
    """Return what to do about an error that an unknown certificate authority caused, else ""."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None or error.verify_code in _OTHER_CAUSES:
        return ""
    return "; if your network has its own certificate authority, set $SSL_CERT_FILE to its file"
