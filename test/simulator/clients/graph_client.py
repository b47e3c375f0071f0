"""What Microsoft's client for Python makes of a library, as JSON for msgraph-sdk.test.ts beside this file."""

import asyncio
import base64
import json
import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.drives.item.items.item.children.children_request_builder import ChildrenRequestBuilder
from msgraph.generated.drives.item.items.item.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

Children = ChildrenRequestBuilder.ChildrenRequestBuilderGetQueryParameters
Delta = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters
connection = json.loads(os.environ["CONNECTION"])


def sign_in(secret):
    credential = ClientSecretCredential(
        connection["tenantId"],
        connection["clientId"],
        secret,
        authority=connection["authorityUrl"],
        disable_instance_discovery=True,
    )
    scopes = ["https://graph.microsoft.com/.default"]
    adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(credential, scopes=scopes, allowed_hosts=["localhost"]))
    adapter.base_url = f"{connection['graphUrl']}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


async def pages_of(builder, parameters):
    """Every page from the first one to that without a next link. Each item costs the client some 30 ms, so they are few."""
    page = await builder.get(RequestConfiguration(query_parameters=parameters))
    pages = [page]
    while page.odata_next_link is not None:
        page = await builder.with_url(page.odata_next_link).get()
        pages.append(page)
    return pages


def shown(item):
    hashes = item.file.hashes if item.file is not None else None
    return {
        "id": item.id,
        "name": item.name,
        "size": item.size,
        "hash": hashes.quick_xor_hash if hashes is not None else None,
        "deleted": item.deleted is not None,
    }


def shown_pages(pages):
    return [[shown(item) for item in page.value] for page in pages]


async def refusal(call):
    try:
        await call
    except ODataError as error:
        return {"status": error.response_status_code, "code": error.error.code}
    except ClientAuthenticationError as error:
        return str(error)
    return None


async def main():
    client = sign_in(connection["clientSecret"])
    site = await client.sites.by_site_id("contoso.sharepoint.com:/sites/ContactCentre").get()
    drives = await client.sites.by_site_id(site.id).drives.get()
    drive = client.drives.by_drive_id(drives.value[0].id)
    folder = await drive.items.by_drive_item_id("root:/Reports:").get()
    by_id = drive.items.by_drive_item_id(folder.id)

    listing = await pages_of(by_id.children, Children(top=5, select=["id", "name", "size", "file"]))
    first_round = await pages_of(by_id.delta, Delta(top=5))
    content = await drive.items.by_drive_item_id(f"root:/Reports/{connection['oddName']}:").content.get()

    removed = listing[0].value[0].id
    uploaded = await drive.items.by_drive_item_id("root:/Reports/uploaded.csv:").content.put(b"a,b\n1,2\n")
    await drive.items.by_drive_item_id(removed).delete()
    second_round = await by_id.delta.with_url(first_round[-1].odata_delta_link).get()

    missing = drive.items.by_drive_item_id("root:/Reports/nowhere.csv:").get()
    stranger = sign_in("wr0ng~secret.value").sites.by_site_id(site.id).get()
    return {
        "site": site.id,
        "libraries": [[each.name, each.drive_type, each.web_url] for each in drives.value],
        "listing": shown_pages(listing),
        "firstRound": shown_pages(first_round),
        "content": base64.b64encode(content).decode(),
        "removed": removed,
        "uploaded": shown(uploaded),
        "secondRound": shown_pages([second_round]),
        "missing": await refusal(missing),
        "stranger": await refusal(stranger),
    }


print(json.dumps(asyncio.run(main())))
