"""The gateways, against recorded answers and over real HTTP on loopback."""
