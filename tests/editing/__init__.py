"""Plans and intents, proved on recorded hosts."""
