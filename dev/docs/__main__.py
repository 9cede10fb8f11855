"""`python -m dev.docs`: writes the pages that are computed from the code."""

from dev.docs.settings import PAGE, settings_page

if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
