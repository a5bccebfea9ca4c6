"""Keeps the tracked jobs in TOML files that several processes share.

store          the jobs in memory; loads, merges and saves them
sync           keeps a store and its files in sync while a program runs
archive        the live file and the archive files
jobs_file      one file with its backup
toml_format    the text of a file
schema         the fields of jobs as TOML, and how each is validated
validators     validators of their values
edits          what the user changes, to be undone and redone
merge          three-way merge of the changes of several processes
locks          the lock of the files, which processes hold for moments
atomic         atomic file writes
private_files  creates files and folders that only their owner may read
incidents      when polls failed, in a file beside the job file
alerts         which alerts were given, by files beside the job file
revision       tells which writes a file includes
threads        blocking work in a thread that is always waited for
"""
