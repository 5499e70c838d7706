"""What Samba's own decoder reads in a PAC (MS-PAC), which comes to stdin, as JSON. It takes Samba's own Python."""

import json
import sys

from samba.dcerpc import krb5pac
from samba.ndr import ndr_unpack


def read(pac):
    shown = {"buffers": [buffer.type for buffer in pac.buffers]}
    for buffer in pac.buffers:
        if buffer.type == krb5pac.PAC_TYPE_LOGON_INFO:
            info = buffer.info.info
            base, resource = info.info3.base, info.resource_groups
            shown |= {
                "account": base.account_name.string,
                "domain": base.logon_domain.string,
                "domain_sid": str(base.domain_sid),
                "rid": base.rid,
                "primary_group": base.primary_gid,
                "groups": [group.rid for group in base.groups.rids or []],
                "extra": [str(extra.sid) for extra in info.info3.sids or []],
                "resource_domain": str(resource.domain_sid) if resource.domain_sid else None,
                "resource": [group.rid for group in resource.groups.rids or []],
            }
    return shown


json.dump(read(ndr_unpack(krb5pac.PAC_DATA, sys.stdin.buffer.read())), sys.stdout)
