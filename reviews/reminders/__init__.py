"""Who is told what, and when? Planned from what the database holds, put together once a day, sent once (rule 22)."""

# The heartbeat after each round of planning and sending.
REMINDERS = "reminders"
