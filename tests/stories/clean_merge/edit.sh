# The user counts twice; the architecture makes the store transient: other lines of one file.
sed -i 's/count: count + 1}, count + 1}/count: count + 2}, count + 2}/' apps/core/lib/core/store.ex
