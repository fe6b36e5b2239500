# As git checks out on Windows.
sed -i 's/$/\r/' apps/core/lib/core/store.ex
