"""The OpenID issuer that people sign in with."""
