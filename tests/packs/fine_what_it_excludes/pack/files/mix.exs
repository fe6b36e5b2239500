a file that would be emitted twice
