"""What holds for answers, whoever gives them: errors, headers, notices, the files that are the same for everybody."""
