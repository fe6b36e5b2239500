rm apps/core/test/core/store_test.exs
rm apps/core/lib/core/store.ex
