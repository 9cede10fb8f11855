"""Inputs that take an annotator some time."""


def long_vcf(content: bytes, repeats: int) -> bytes:
    """The same VCF with each record so many times: a file that takes its time."""
    lines = content.splitlines(keepends=True)
    header = b"".join(line for line in lines if line.startswith(b"#"))
    return header + b"".join(line * repeats for line in lines if not line.startswith(b"#"))
