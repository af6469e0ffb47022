-- A revision that failed and was rolled back is tried once more.
local os = require("os")
obj.metadata.annotations = obj.metadata.annotations or {}
obj.metadata.annotations["careplane.dev/retry"] = os.date("!%Y-%m-%dT%XZ")
return obj
