mkdir -p apps/core/lib/core/data
mv apps/core/lib/core/store.ex apps/core/lib/core/data/store.ex
