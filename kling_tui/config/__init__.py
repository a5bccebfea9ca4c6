"""Reads and validates the user's settings and API keys.

settings    the schema of the config file, one struct for each section
entries     validators of prices and of the endpoints that the user adds
tables      validators of TOML tables, which collect all problems
validators  validators of single values
urls        which URLs are valid, and what can be said of them
errors      the problems that validators find, and ConfigError
paths       expands variables in paths
loading     finds, reads and parses the config file
key_sources where the API keys are set
api_keys    finds the API keys
push_access finds the URL and the headers of push messages
secret_commands runs the commands that print secrets
key_writer  writes an API key into the config file
watching    notices that the file changed
changes     what differs between two states of the settings
"""
