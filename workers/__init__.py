"""When the market does it without a browser: the relay, the consumers, the tasks, the timers and the `market` command."""
