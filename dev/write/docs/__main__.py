"""`python -m dev.write.docs`: writes the pages that are computed from the code, and says which changed."""

from dev.ending import end
from dev.write.docs import metrics, settings
from dev.write.written import write

if __name__ == "__main__":
    end(lambda: write({settings.PAGE: settings.settings_page(), metrics.PAGE: metrics.metrics_page()}))
