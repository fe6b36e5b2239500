printf '<<<<<<< yours\nx\n=======\ny\n>>>>>>> fresh\n' >> apps/core/lib/core/store.ex
