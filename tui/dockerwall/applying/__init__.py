"""Plans carried out on this host: one transaction, on trial, with a journal and a way back."""
