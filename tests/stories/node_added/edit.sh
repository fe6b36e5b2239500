# An edit in the first node's configuration, and one where a line for the new node comes in.
sed -i 's/% With true.*/% Ours: see the runbook.\n    &/' config/node1.config
