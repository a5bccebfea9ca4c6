"""The demo gateway, asked over HTTP on loopback, at times that the tests choose."""
