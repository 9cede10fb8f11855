"""`python -m dev.write.charts`: writes the files of the chart that are computed, and says which changed."""

from dev.ending import end
from dev.write.charts.files import computed_files
from dev.write.written import write

if __name__ == "__main__":
    end(lambda: write(computed_files()))
