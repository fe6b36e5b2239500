chmod +x apps/core/lib/core/store.ex
