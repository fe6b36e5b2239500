sed -i 's/count: count + 1}, count + 1}/count: count + 2}, count + 2}/' apps/web/lib/web/front.ex
