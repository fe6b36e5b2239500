# The user and the architecture change one and the same line.
sed -i 's/use GenServer/use GenServer, restart: :temporary/' apps/core/lib/core/store.ex
