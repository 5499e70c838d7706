type: github
secret: "hunter2"
