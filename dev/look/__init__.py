"""Every page in every state, looked at by a real browser: pictures, accessibility, and where it talks to."""
