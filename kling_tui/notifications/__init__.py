"""Notifies the user of ends and budgets outside the terminal, the same with and without the app.

ends           which ends are news
outbox         what is still to be announced, and which process does so
record         the file that has that, shared by all processes
command        runs the user's notify.command
command_queue  runs it once for each end
budgets        which thresholds of budgets are reached, and which of them are news
messages       the texts of a push message
formats        the request for a message, as each service documents it
target         where messages are sent to, and why that failed
client         sends the request; it imports httpx, so it is imported when the first message is sent
leaving        lets a message or command finish when the program ends
quiet_hours    the hours without messages
push           pushes each end and budget once
remote         runs both as long as a program runs
"""
