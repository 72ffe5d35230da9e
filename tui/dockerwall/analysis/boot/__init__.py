"""What the next boot, or a reload of another firewall program, makes of the operator's rules."""
