# Nothing: code, tests and README follow.
