"""The local OpenID issuer: signs in three made-up people, and forges on demand. Production refuses it."""
