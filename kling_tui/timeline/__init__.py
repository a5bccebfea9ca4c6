"""What the timeline shows, as values: which phase each job was in when, and how that compares.

phases      the phases of a job
grid        cells of equal duration, the last of which has the present in it
comparison  the durations of jobs beside those of others at the same time
activity    both of these, kept up to date as jobs change:
minutes     how many jobs were in flight, and ended, in each of the last minutes
run         how far the jobs in flight are, and how long they still take
"""
