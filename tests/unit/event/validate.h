/* JSON lines against a schema of docs/, by validate.py. */
#pragma once

/* Each line must be valid, except those that begin with '!', which must be refused. Skips the test
 * where python3 or its module jsonschema is missing. */
void validate_lines(const char *schema_name, const char *lines);
