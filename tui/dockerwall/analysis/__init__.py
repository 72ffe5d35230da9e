"""What becomes of packets: match, walk, reach, exposure, findings; pure."""
