"""The demo: three companies with a believable past, made through the actions users use.

`world` simulates (pure: a seed and a day in, data out), `files` writes what it made as the CSV
files a company would bring, `loading` brings them in, and `fill` does that once per company.
"""
